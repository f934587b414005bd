"""`python -m api` lists the settings of the service."""

from api.settings import listing

if __name__ == "__main__":
    print(listing())

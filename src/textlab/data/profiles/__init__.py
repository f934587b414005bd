"""Profiles: one document a person, made from the person's biography and public repositories.

    people.py        users, repositories and profiles
    identity.py      removes what tells who a person is: names, addresses, gender words, origin and place
    gazetteer.py     countries, nationalities and words about gender
    aggregation.py   one profile from one user and the user's repositories
    csv_tables.py    reads users.csv and repositories.csv row by row
    joining.py       joins repositories to users on disk, so that memory stays bounded
    snapshot.py      writes the profiles into a folder, complete or not at all

The steps run in this order: read, clean, join, aggregate, write. Each can be read and run alone.
"""

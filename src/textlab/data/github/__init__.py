"""Collect public users and their repositories from GitHub's REST API.

    client.py        one request at a time: token, paging, rate limits, retries, conditional requests
    responses.py     the answers that were fetched, so that a collection resumes and repeats at little cost
    collection.py    users by a search query or by their logins, and their repositories, as two CSV files

Only what profiles need is kept: of a user the login, name, biography and location; of a repository the name,
description, main language, topics, stars, the dates of creation and last push, and whether it is a fork. E-mail
addresses, employers, followers and pictures are not kept.
"""

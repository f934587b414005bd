"""One module per dataset. textlab discovers every module here that does not start with an underscore."""

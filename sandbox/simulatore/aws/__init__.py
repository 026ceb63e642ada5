"""AWS in memory, at the level of botocore's `_make_api_call`: a dictionary a table, a list a queue, and a fault anywhere.

What it does is what DynamoDB, SQS and S3 document; tests/sandbox/test_simulatore_aws.py holds it against moto.
"""

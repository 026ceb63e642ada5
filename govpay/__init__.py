"""The command line of who operates GovPay: reads and moves what is in an AWS account, or in the sandbox.

It uses the operations of chalicelib with the credentials of whoever runs it; no Lambda ships it.
"""

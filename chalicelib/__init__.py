"""GovPay, serverless: what the Lambda ships. One folder a context; see README for the map."""

"""The AWS endpoint: S3, Secrets Manager and STS by moto; the Redshift APIs are ours, on the sandbox's warehouse."""

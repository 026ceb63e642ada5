"""The packaged functions as Lambda runs them: each container a process of AWS's own runtime client, the bundle all it has."""

"""The channels a message leaves by, all of one shape; nothing is sent anywhere else."""

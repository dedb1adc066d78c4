"""GitHub: webhook payloads (`events`), API calls (`client`), and reading and writing a repository (`forge`)."""

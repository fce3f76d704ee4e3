from tests.databases import database_url, engine, postgres

__all__ = ["database_url", "engine", "postgres"]

from tests.databases import migrated_database, migrated_file, plant, postgres

__all__ = ["migrated_database", "migrated_file", "plant", "postgres"]

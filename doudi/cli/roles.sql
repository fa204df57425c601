-- The three roles of doudi, made once by whoever administers the server (doudi does it itself on its own server).
-- doudi_owner owns the tables and migrates; doudi_app serves and owns nothing; doudi_engine sees every row and is
-- taken on by doudi_app for an evaluation alone. None is a superuser, none bypasses row-level security.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doudi_owner') THEN
        CREATE ROLE doudi_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doudi_app') THEN
        CREATE ROLE doudi_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doudi_engine') THEN
        CREATE ROLE doudi_engine NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'GRANT doudi_engine TO doudi_app WITH INHERIT FALSE, SET TRUE';
    ELSE
        ALTER ROLE doudi_app NOINHERIT;
        GRANT doudi_engine TO doudi_app;
    END IF;
END $$;

-- What the application may do in the schema; run by doudi_owner before every migration, to the same end each time.
GRANT USAGE ON SCHEMA public TO doudi_app, doudi_engine;
ALTER DEFAULT PRIVILEGES FOR ROLE doudi_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO doudi_app, doudi_engine;
ALTER DEFAULT PRIVILEGES FOR ROLE doudi_owner IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO doudi_app, doudi_engine;

#!/bin/sh
# Run once by the image of PostgreSQL, when the database is made: the role of the service, which owns its database and
# may do nothing else. The superuser is for whoever looks after the server.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\getenv password TUNER_DATABASE_PASSWORD
CREATE ROLE tuner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE tuner OWNER tuner;
REVOKE ALL ON DATABASE tuner FROM PUBLIC;
SQL

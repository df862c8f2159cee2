-- Run once, by the superuser, with the psql of PostgreSQL 15 or newer and the three passwords in its environment:
--   ACS_OWNER_PASSWORD=… ACS_API_PASSWORD=… ACS_WORKER_PASSWORD=… psql -h db.example -U postgres -f roles.sql
-- It makes an owner who migrates, a role without privileges for each process, and the database.
\set ON_ERROR_STOP on
\getenv owner_password ACS_OWNER_PASSWORD
\getenv api_password ACS_API_PASSWORD
\getenv worker_password ACS_WORKER_PASSWORD
CREATE ROLE acs_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE acs_api NOLOGIN;
CREATE ROLE acs_worker NOLOGIN;
CREATE ROLE acs_api_1 LOGIN PASSWORD :'api_password' IN ROLE acs_api;
CREATE ROLE acs_worker_1 LOGIN PASSWORD :'worker_password' IN ROLE acs_worker;
CREATE DATABASE acs OWNER acs_owner;

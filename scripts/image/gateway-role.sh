#!/bin/sh
# The role that the gateway works as, made with a new database: it owns nothing, so that grants and triggers hold it. What it may do is granted by the
# gateway's start, as the owner (gateway/store/grants.ts).
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=password="$GATEWAY_PASSWORD" <<'SQL'
CREATE ROLE gateway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL

#!/bin/sh
# Makes up every password of compose.yaml, once, in a file that only you can read: docker/.env, or the file given.
set -eu
file=${1:-"$(dirname "$0")/.env"}
if [ -e "$file" ]; then
  echo "$file is there already; remove it, and the volume acs_postgres with it, to start afresh." >&2
  exit 0
fi
umask 077
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
{
  for name in POSTGRES ACS_OWNER ACS_API ACS_WORKER REDIS KEYCLOAK_ADMIN; do
    echo "${name}_PASSWORD=$(random)"
  done
  for name in ACME GLOBEX; do echo "${name}_CLIENT_SECRET=$(random)"; done
  echo "SECRET_KEYS=k1:$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
} >"$file.new"
mv "$file.new" "$file"
echo "Made $file" >&2

# A PostgreSQL cluster of its own that goes when whoever started it goes, however it ends: then standard input closes.
# Arguments: a port, then further options of the server. Commands, one a line: kill, start. Answers: ready, killed.
set -eu
port=$1
shift
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || { echo "PostgreSQL is not installed: scripts/setup --tests" >&2; exit 1; }

# The server does not run as root.
as_somebody() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

folder=$(cd / && as_somebody mktemp -d "${TMPDIR:-/tmp}/colloquy-postgres.XXXXXX")
cd "$folder"
postmaster() { head -n 1 data/postmaster.pid 2>/dev/null; }
remove() {
  pid=$(postmaster) && kill -QUIT "$pid" 2>/dev/null
  wait
  rm -rf "$folder"
}
trap remove EXIT
trap 'exit 1' INT TERM HUP
# Who hears no answer any more is gone: that is an error like others, and no end without cleaning up.
trap '' PIPE

start() {
  as_somebody "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c shared_buffers=16MB -c max_connections=200 "$@" >>log 2>&1 &
}

as_somebody "$bin/initdb" -D data -U colloquy -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || { cat log >&2; exit 1; }
start "$@"
# By its own word: it writes "ready" into the file when it takes connections.
until_ready() {
  tries=0
  until [ "$(sed -n 8p data/postmaster.pid 2>/dev/null | tr -d ' ')" = ready ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { cat log >&2; exit 1; }
    # Until the processes of an earlier life are gone it refuses to start.
    [ $((tries % 20)) != 0 ] || kill -0 $! 2>/dev/null || start "$@"
    sleep 0.05
  done
  echo ready
}
until_ready "$@"
while read -r command; do
  case $command in
    kill)
      pid=$(postmaster)
      kill -9 "$pid" $(cat "/proc/$pid/task/$pid/children") || true
      wait
      rm -f data/postmaster.pid
      echo killed
      ;;
    start)
      start "$@"
      until_ready "$@"
      ;;
  esac
done

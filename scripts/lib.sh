# Shared by the scripts of this folder: messages, and questions about the machine. To be sourced, not run.
# shellcheck shell=bash

# Colours only where a person looks; https://no-color.org
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  _bold=$'\e[1m' _red=$'\e[31m' _yellow=$'\e[33m' _plain=$'\e[0m'
else
  _bold='' _red='' _yellow='' _plain=''
fi

# The project's folder, whatever the current one is.
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Messages go to stderr, so that a script's answer can be piped.
step() { printf '%s==> %s%s\n' "$_bold" "$*" "$_plain" >&2; }
info() { printf '    %s\n' "$*" >&2; }
warn() { printf '%swarning:%s %s\n' "$_yellow" "$_plain" "$*" >&2; }
die() { printf '%serror:%s %s\n' "$_red" "$_plain" "$*" >&2; exit 1; }

# have PROGRAM: whether it is on the PATH.
have() { command -v "$1" >/dev/null 2>&1; }

# version_at_least WANTED FOUND: compares dotted numbers.
version_at_least() { printf '%s\n%s\n' "$1" "$2" | sort -C -V; }

# usage: prints the comment at the top of the calling script, after its first line, as its help.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# packages_in FILE…: the names in lists of packages, without comments, empty lines and those of other architectures.
packages_in() {
  local architecture
  architecture=$(dpkg --print-architecture 2>/dev/null) || architecture=unknown
  sed -e 's/#.*//' -e "s/ *\[$architecture\]//" -e '/\[/d' -e '/^[[:space:]]*$/d' "$@"
}

# npm_packages: installs the current folder's npm packages as its lock file has them, if they are not there yet.
npm_packages() {
  local stamp=node_modules/.colloquy-lock
  if ! cmp -s package-lock.json "$stamp"; then
    npm ci --no-fund --no-audit --loglevel=error >&2
    cp package-lock.json "$stamp"
  fi
}

# build_page: builds the web page that the server embeds, if there is Node.js to do it with.
build_page() {
  if ! have npm || ! version_at_least 20 "$(node --version 2>/dev/null | tr -d v)"; then
    warn "no Node.js 20 or later: the server will be built without its web page"
    return
  fi
  step "The web page"
  (cd "$project/client" && npm_packages && npm run --silent build -- --logLevel warn)
}

# cargo_tool NAME VERSION: installs `cargo NAME` if it is not there. It comes as source; a build without optimisation is
# quick enough to use.
cargo_tool() {
  if [ "$(cargo "$1" --version 2>/dev/null)" != "cargo-$1 $2" ]; then
    step "Installing cargo-$1 $2 (a minute or some, once per machine)"
    cargo install --quiet --locked --debug --force --version "$2" "cargo-$1"
  fi
}

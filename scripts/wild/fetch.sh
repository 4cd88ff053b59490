#!/bin/sh
# Fetches what the tests of this folder run: Lua libraries as Debian has them, and
# Lua 5.1 itself to compare with. Nothing is installed: the packages are unpacked
# into a folder, and nothing of them belongs to this repository.
#
#   scripts/wild/fetch.sh [DIR]
#
# DIR is $SCRIPTHOST_LUA_LIBS unless it is given, or else a folder in the user's
# cache, where the tests look too.
set -eu
dir=${1:-${SCRIPTHOST_LUA_LIBS:-${XDG_CACHE_HOME:-$HOME/.cache}/scripthost-lua-libs}}
packages="lua5.1 liblua5.1-0 lua-ansicolors lua-argparse lua-basexx lua-binaryheap
  lua-cliargs lua-dkjson lua-fifo lua-filesystem lua-inifile lua-inspect lua-luassert lua-markdown
  lua-mediator lua-messagepack lua-moses lua-penlight lua-say lua-unit lua-uri"

if [ -f "$dir/versions" ] && [ "$(cut -d' ' -f1 "$dir/versions" | sort)" = "$(printf '%s\n' $packages | sort)" ]; then
  exit 0 # as a whole
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/root"
cd "$work/debs"
download() { apt-get download -qq $packages 2>"$work/errors"; }
# Its lists may be missing, or old.
download || { { [ "$(id -u)" != 0 ] || apt-get update -qq; } && download; } || { cat "$work/errors" >&2; exit 1; }
for deb in *.deb; do
  dpkg-deb -x "$deb" "$work/root"
  dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
done >"$work/root/versions"
mkdir -p "$dir"
cp -R "$work/root/usr" "$dir/"
cp "$work/root/versions" "$dir/versions"
echo "fetched to $dir"

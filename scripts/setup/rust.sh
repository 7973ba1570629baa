# Makes sure that there is a Rust new enough for the bridge (bridge/Cargo.toml, rust-version) and
# puts it on the PATH: the one that is there, or else Debian's.
source "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

rust_is_new_enough() {
  local manifest wanted found
  manifest="$(dirname "${BASH_SOURCE[0]}")/../../bridge/Cargo.toml"
  wanted="$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$manifest")"
  found="$(rustc --version 2> /dev/null | cut -d' ' -f2)"
  command -v cargo > /dev/null && [[ -n "$found" ]] &&
    [[ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" == "$wanted" ]]
}

export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
if ! rust_is_new_enough; then
  apt_install rustc-web cargo-web rustfmt-web rust-web-clippy
  export PATH="/usr/bin:$PATH"
  rust_is_new_enough || {
    echo "There is no Rust new enough for bridge/Cargo.toml, and Debian has none." >&2
    exit 1
  }
fi

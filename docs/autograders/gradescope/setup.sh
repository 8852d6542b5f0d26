#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image: whatever is fetched here, no student waits for.
set -euo pipefail

source_folder=${AUTOGRADER_ROOT:-/autograder}/source

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends bubblewrap ca-certificates curl nodejs npm qemu-system-x86

# Distributions have an older Node than lab3 runs on; n brings a newer one and stays out of the way afterwards.
npm install --global n
n 20
hash -r

npm install --global "$source_folder"/kthread-lab-lab3-*.tgz

# Fetches and boots the kernel, and finds out what this machine can do.
warm=$(mktemp -d)
cd "$warm"
lab3 run --no-color

# The checked kernel: out of a file of `lab3 kernel export` beside this script, else built, which takes some minutes. Without
# one there is no mark by a rubric that asks for it, so the instructor is told now.
shopt -s nullglob
files=("$source_folder"/*.lab3-kernel)
if [ "${#files[@]}" -gt 0 ]; then
  lab3 kernel import "${files[0]}" --no-color
else
  lab3 kernel build --no-color
fi
cd /
rm -rf "$warm"

#!/usr/bin/env bash
# Grades one clone in class/ and says the result as GitHub and GitHub Classroom read it.
# REPOSITORY is the clone's name; GITHUB_STEP_SUMMARY the page of the run.
set -euo pipefail

repository=${REPOSITORY:?the name of the clone below class/}

status=0
lab3 grade --single "class/$repository" --rubric "class/$repository/.github/rubric.yaml" --out out --junit --gradescope --no-color || status=$?

# 0: graded, whatever the mark is. Anything else is no statement about the student's work.
if [ "$status" -ne 0 ]; then
  echo "::error title=Not graded::lab3 ended with $status: the machine is at fault, not your work. Run the job again."
  exit "$status"
fi

shopt -s nullglob
feedback=(out/students/*/feedback.md)
results=(out/gradescope/*.json)
if [ "${#feedback[@]}" -ne 1 ] || [ "${#results[@]}" -ne 1 ]; then
  echo "::error title=Not graded::There is no result: the machine is at fault, not your work. Run the job again."
  exit 69
fi

cat "${feedback[0]}" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"

# GitHub Classroom reads the points of a run from these two notices.
node -e '
  const { score, tests } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const maxPoints = Math.round(tests.reduce((sum, test) => sum + test.max_score, 0) * 1000) / 1000;
  console.log("::notice title=Autograding complete::Points " + score + "/" + maxPoints);
  console.log("::notice title=Autograding report::" + JSON.stringify({ totalPoints: score, maxPoints }));
' "${results[0]}"

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

# GitHub Classroom reads the points of a run from these two notices. Students read them too, so what the rubric does not show
# at once is left out: it could be told from the sum.
node -e '
  const { score, tests } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const seen = tests.filter(({ visibility }) => visibility === "visible");
  const sum = (of) => Math.round(seen.reduce((all, test) => all + (test[of] ?? 0), 0) * 1000) / 1000;
  const totalPoints = seen.length === tests.length ? score : sum("score");
  const maxPoints = sum("max_score");
  console.log("::notice title=Autograding complete::Points " + totalPoints + "/" + maxPoints);
  console.log("::notice title=Autograding report::" + JSON.stringify({ totalPoints, maxPoints }));
' "${results[0]}"

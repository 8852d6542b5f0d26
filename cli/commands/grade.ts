import { buildSettings, type Command } from '../command.ts';

export const grade: Command = {
  name: 'grade',
  summary: 'grade a class: marks, feedback, files for the course system',
  about:
    'Takes a folder as a course system let you download it (Moodle, Canvas, Gradescope, GitHub Classroom, or one folder ' +
    'or archive a student), builds every submission where it can do no harm, runs each in virtual machines of its own, ' +
    'and writes marks and feedback. A killed run goes on where it was with the same command.',
  arguments: [{ name: 'folder', summary: 'what was handed in: a folder, or one archive', path: 'file' }],
  values: [
    {
      name: '--rubric',
      placeholder: '<file>',
      summary:
        'what is asked for and what it is worth (default: rubric.yaml here, else the exercise as it comes)',
    },
    { name: '--roster', placeholder: '<file>', summary: 'CSV of the class: nobody is lost' },
    { name: '--out', placeholder: '<folder>', summary: 'where marks and feedback go (default: lab3-grades)' },
    {
      name: '--marks',
      placeholder: '<file>',
      summary: 'CSV of what a person decided: student,criterion,points,comment',
    },
    {
      name: '--only',
      placeholder: '<keys>',
      summary: 'grade these students alone; keys as results.json has them',
    },
    {
      name: '--jobs',
      short: '-j',
      placeholder: '<number>',
      summary: 'submissions at once (default: five for four cores, as far as there is memory)',
    },
    { name: '--canvas', placeholder: '<file>', summary: 'gradebook exported by Canvas, to be filled in' },
    { name: '--moodle', placeholder: '<file>', summary: 'grading worksheet of Moodle, to be filled in' },
    { name: '--check-rubric', placeholder: '<file>', summary: 'only say what is wrong in a rubric' },
  ],
  switches: [
    {
      name: '--new-rubric',
      summary: 'write rubric.yaml with a comment on every line, and its schema for editors',
    },
    {
      name: '--single',
      summary: 'the folder is what one student handed in, whatever it looks like; its name is the student’s',
    },
    { name: '--regrade', summary: 'begin anew, even where an earlier run has results' },
    {
      name: '--published',
      summary: 'marks are given out: feedback shows what the rubric keeps back till then',
    },
    { name: '--gradescope', summary: 'results for Gradescope, one file a student' },
    { name: '--junit', summary: 'results as JUnit XML' },
  ],
  settings: [...buildSettings.filter((path) => path !== 'module.dir'), 'vm'],
  examples: [
    ['lab3 grade submissions', 'the whole class, by the exercise as it comes'],
    ['lab3 grade --new-rubric', 'a rubric to change'],
    ['lab3 grade submissions --roster class.csv --moodle worksheet.csv', 'with names, and marks to upload'],
    ['lab3 grade --single ivanov --gradescope', 'one submission, as an autograder'],
    ['lab3 grade submissions --only ivanov_ivan --regrade', 'one student again'],
  ],
  async run(input, tools) {
    const { gradeCommand } = await import('../grade.ts');
    return gradeCommand(input, tools);
  },
};

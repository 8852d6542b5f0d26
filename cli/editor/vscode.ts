/** What VS Code needs of a module's folder: tasks, what their messages mean, settings, extensions. */

interface Pattern {
  readonly regexp: string;
  readonly [part: string]: string | number | boolean;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code puts the folder there
const workspace = '${workspaceFolder}';
const here = ['relative', workspace];

/** What gcc and modpost say, as lab3 shows it: paths as they are in the folder, two spaces before. */
export const buildPattern: Pattern = {
  regexp: '^\\s*([^\\s:][^:]*):(\\d+):(?:(\\d+):)? (?:fatal )?(error|warning|note): (.*)$',
  ...{ file: 1, line: 2, column: 3, severity: 4, message: 5 },
};

/** A finding of `lab3 check`: its title, then each of its places. */
export const checkPatterns: readonly Pattern[] = [
  { regexp: '^[✖⚠x!] (.+?)  (?:once|\\d+ times), in runs? ', message: 1 },
  { regexp: '^  ([^\\s:][^:]*\\.[ch]):(\\d+)  ', file: 1, line: 2, loop: true },
];

const buildMatcher = { owner: 'lab3', source: 'lab3', fileLocation: here, pattern: buildPattern };
const checkMatcher = {
  owner: 'lab3 check',
  source: 'lab3 check',
  severity: 'warning',
  fileLocation: here,
  pattern: checkPatterns,
};

/** npx may not fetch a stranger's package of that name where lab3 is not installed. */
const task = (command: string, matchers: readonly unknown[], more: object = {}) => ({
  label: `lab3 ${command}`,
  type: 'shell',
  command: 'npx',
  // In PowerShell `npx` is a script, which Windows does not run as it comes.
  windows: { command: 'npx.cmd' },
  args: ['--no', '--', 'lab3', command, '--module', '.'],
  options: { cwd: workspace },
  presentation: { clear: true },
  problemMatcher: matchers,
  ...more,
});

export const tasks = {
  version: '2.0.0',
  tasks: [
    task('build', [buildMatcher], { group: { kind: 'build', isDefault: true } }),
    task('run', [buildMatcher], { group: { kind: 'test', isDefault: true } }),
    task('check', [buildMatcher, checkMatcher], { group: 'test' }),
  ],
};

export const schemaName = 'lab3.schema.json';

export const settings = {
  // Two programs that read the same source would both complain of it.
  'C_Cpp.intelliSenseEngine': 'disabled',
  'clangd.arguments': ['--header-insertion=never'],
  'files.associations': { '*.h': 'c', Kbuild: 'makefile' },
  '[c]': {
    'editor.detectIndentation': false,
    'editor.insertSpaces': false,
    'editor.tabSize': 8,
    'editor.rulers': [80],
  },
  'yaml.schemas': { [`./.vscode/${schemaName}`]: 'lab3.yaml' },
};

const extensionNames = [
  'llvm-vs-code-extensions.vscode-clangd',
  'redhat.vscode-yaml',
  'editorconfig.editorconfig',
];
export const extensions = {
  recommendations: extensionNames,
  unwantedRecommendations: ['ms-vscode.cpptools'],
};

/** A container in which lab3 and its machine work: QEMU and the compiler are fetched without root, as anywhere. */
export function devContainer(lab3: { readonly name: string; readonly version: string }): object {
  return {
    name: 'lab3',
    image: 'node:22-bookworm',
    // Each a command of its own, without a shell.
    onCreateCommand: ['apt-get', 'update'],
    updateContentCommand: ['apt-get', 'install', '-y', '--no-install-recommends', 'clangd', 'gdb'],
    postCreateCommand: ['npm', 'install', '--global', `${lab3.name}@${lab3.version}`],
    customizations: { vscode: { extensions: extensionNames } },
  };
}

/**
 * What works on the computer it was written on and nowhere else, as data: nobody here has a Windows or a Mac at hand,
 * so the slip must fail where it is made.
 */
import { isNode, type Source, type SyntaxNode } from './sources.ts';

export interface Rule {
  readonly name: string;
  readonly why: string;
  /** Code that the rule must find and code that it must leave alone. */
  readonly slips: readonly string[];
  readonly fine: readonly string[];
  readonly found: (node: SyntaxNode, above: readonly SyntaxNode[], source: Source) => boolean;
}

export interface Exception {
  readonly rule: string;
  /** A file, or a folder with `/` at its end. */
  readonly where: string;
  readonly because: string;
}

const text = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  const [first] = node.type === 'TemplateLiteral' ? (node.quasis as SyntaxNode[]) : [];
  return first && String((first.value as { cooked?: string }).cooked ?? '');
};

const name = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return String(node.name);
  return node.type === 'MemberExpression' && node.computed === false ? name(node.property) : undefined;
};

/** `a.b` of a member expression whose object is a plain name. */
const dotted = (node: SyntaxNode): string | undefined =>
  node.type === 'MemberExpression' && isNode(node.object) && node.object.type === 'Identifier'
    ? `${name(node.object)}.${name(node)}`
    : undefined;

const imported = (node: SyntaxNode, modules: readonly string[], names: readonly string[]): boolean => {
  if (node.type !== 'ImportSpecifier' || node.importKind === 'type') return false;
  return modules.length > 0 && names.includes(name(node.imported) ?? '');
};

/** An import of one of `names` from one of `modules`. */
const imports =
  (modules: readonly string[], names: readonly string[]): Rule['found'] =>
  (node, [above]) =>
    imported(node, modules, names) && modules.includes(text(above?.source) ?? '');

const files = ['node:fs', 'node:fs/promises'];
/** Functions that start a program here, by the names they have here. */
const starters = ['spawn', 'execFile', 'execa', 'run', 'ask'];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'SIGKILL', 'SIGWINCH'];
/** Joins of the computer's own kind. */
const joins = ['join', 'resolve', 'relative', 'normalize', 'dirname', 'basename'];
/** Whose paths are never this computer's: of packages, submissions, guests, make and reports. */
const foreignPaths = [
  'lab/',
  'report/render/',
  'grade/intake/archive/',
  'grade/intake/collect.ts',
  'grade/intake/paths.ts',
  'provision/builder/makefile.ts',
  'provision/builder/modules.ts',
  'provision/builder/plain-names.ts',
  'provision/builder/recipe.ts',
  'provision/builder/source.ts',
  'provision/guest/cpio.ts',
  'provision/guest/initramfs.ts',
  'provision/guest/kernel-modules.ts',
  'provision/packages/deb.ts',
  'provision/run/',
];

export const rules: readonly Rule[] = [
  {
    name: 'unix-path',
    why: 'there is no such place on Windows: take it from the context, or look for it by platform',
    slips: [
      "read('/tmp/x')",
      'read(`/proc/\u0024{pid}`)',
      "const a = '/var/run/docker.sock'",
      "b('unix:///run/x')",
    ],
    fine: ["say('no /tmp here')", "join(folder, 'tmp')", "type A = '/tmp'"],
    found: (node, [above]) =>
      above?.type !== 'TSLiteralType' &&
      /^(?:unix:\/\/)?\/(?:bin|dev|etc|home|lib|opt|proc|root|run|sbin|sys|tmp|usr|var)(?:\/|$)/.test(
        text(node) ?? '',
      ),
  },
  {
    name: 'shell',
    why: 'shells differ, and quote differently: start the program with a list of arguments',
    slips: [
      "import { exec } from 'node:child_process'",
      "import { execSync } from 'child_process'",
      "spawn('x', [], { shell: true })",
      'run(a, b, { shell })',
    ],
    fine: [
      "import { execFile, spawn } from 'node:child_process'",
      'pattern.exec(text)',
      'spawn(a, b, { shell: false })',
    ],
    found: (node, above, source) =>
      imports(['node:child_process', 'child_process'], ['exec', 'execSync'])(node, above, source) ||
      (node.type === 'Property' &&
        above[0]?.type === 'ObjectExpression' &&
        above[1]?.type === 'CallExpression' &&
        starters.includes(name(above[1].callee) ?? '') &&
        name(node.key) === 'shell' &&
        (node.value as SyntaxNode).value !== false),
  },
  {
    name: 'bare-program',
    why: 'Windows looks in the current folder first, which may be a student’s: find the program, start its path',
    slips: ["spawn('powershell', [])", "run('ps', ['-p'])", "execFile('git')"],
    fine: ['spawn(program, args)', "guest.run('true', {})", "spawn('/usr/bin/ps', [])"],
    found: (node) =>
      node.type === 'CallExpression' &&
      isNode(node.callee) &&
      node.callee.type === 'Identifier' &&
      starters.includes(name(node.callee) ?? '') &&
      /^[\w.-]+$/.test(text((node.arguments as SyntaxNode[])[0]) ?? ''),
  },
  {
    name: 'process-group',
    why: 'Windows has no process groups: a child ends what it started when its channel closes',
    slips: ['process.kill(-pid)', "process.kill(-child.pid, 'SIGTERM')", 'spawn(a, b, { detached: true })'],
    fine: ['process.kill(pid, 0)', 'at(-1)'],
    found: (node) =>
      (node.type === 'CallExpression' &&
        name(node.callee) === 'kill' &&
        isNode((node.arguments as SyntaxNode[])[0]) &&
        (node.arguments as SyntaxNode[])[0]?.type === 'UnaryExpression') ||
      (node.type === 'Property' && name(node.key) === 'detached'),
  },
  {
    name: 'signal',
    why: 'Windows knows Ctrl-C, Ctrl-Break, the closed window and the end of a process, and no other signal',
    slips: ["process.on('SIGUSR1', f)", "child.kill('SIGSTOP')"],
    fine: ["process.on('SIGINT', f)", "child.kill('SIGKILL')"],
    found: (node) => /^SIG[A-Z0-9]{2,10}$/.test(text(node) ?? '') && !signals.includes(text(node) ?? ''),
  },
  {
    name: 'link',
    why: 'Windows makes symbolic links for administrators alone: copy, or write the name down',
    slips: ["import { symlink } from 'node:fs/promises'", 'fs.symlinkSync(a, b)'],
    fine: ["import { link } from 'node:fs/promises'", "({ type: 'symlink' })"],
    found: (node, above, source) =>
      imports(files, ['symlink', 'symlinkSync'])(node, above, source) ||
      /^(?:fs|fsp|promises)\.symlink(?:Sync)?$/.test(dotted(node) ?? ''),
  },
  {
    name: 'busy-folder',
    why: 'Windows refuses while a scanner has one of its files open: take removeFolder, which tries again',
    slips: ['rm(folder, { recursive: true })', 'rm(folder, { recursive: true, force: true })'],
    fine: [
      'rm(file, { force: true })',
      'rm(folder, { recursive: true, maxRetries: 5 })',
      'mkdir(a, { recursive: true })',
    ],
    found: (node) => {
      const [, options] = (node.arguments as SyntaxNode[] | undefined) ?? [];
      if (node.type !== 'CallExpression' || !/^rm(?:Sync)?$/.test(name(node.callee) ?? '')) return false;
      const keys = ((options?.properties as SyntaxNode[] | undefined) ?? []).map(({ key }) => name(key));
      return keys.includes('recursive') && !keys.includes('maxRetries');
    },
  },
  {
    name: 'global-computer',
    why: 'the platform is a value of the context, so that a test can say which it is',
    slips: [
      'process.platform',
      'const { platform, env } = process',
      'process.env.HOME',
      "import { homedir } from 'node:os'",
      "import { tmpdir } from 'node:os'",
    ],
    fine: ['context.platform', 'process.pid', "import { cpus } from 'node:os'", 'const { pid } = process'],
    found: (node, above, source) => {
      const globals = ['platform', 'arch', 'env', 'cwd'];
      if (
        imports(['node:os', 'os'], ['homedir', 'tmpdir', 'platform', 'type', 'userInfo', 'EOL'])(
          node,
          above,
          source,
        )
      )
        return true;
      if (node.type === 'VariableDeclarator' && name(node.init) === 'process' && isNode(node.id))
        return ((node.id.properties as SyntaxNode[] | undefined) ?? []).some(({ key }) =>
          globals.includes(name(key) ?? ''),
        );
      return globals.some((one) => dotted(node) === `process.${one}`);
    },
  },
  {
    name: 'host-join',
    why: 'these paths have `/` on every computer: take path.posix',
    slips: ["path.join(base, 'x')", "import { dirname } from 'node:path'"],
    fine: ["path.posix.join(base, 'x')", "import { posix } from 'node:path'", "words.join(' ')"],
    found: (node, above, source) =>
      (source.file === 'rule.ts' || foreignPaths.some((place) => source.file.startsWith(place))) &&
      (imports(['node:path', 'path'], joins)(node, above, source) ||
        joins.some((one) => dotted(node) === `path.${one}`)),
  },
  {
    name: 'slash-path',
    why: 'a path of this computer is absolute by path.isAbsolute, and parted by path.sep',
    slips: [
      "folder.startsWith('/')",
      "file.charAt(0) === '/'",
      "context.cacheDir + '/x'",
      'open(`\u0024{cacheDir}/x`)',
    ],
    fine: ["entry.path.split('/')", 'say(`\u0024{a}/\u0024{b}`)', "name.startsWith('.')"],
    found: (node) => {
      const [argument] = (node.arguments as SyntaxNode[] | undefined) ?? [];
      if (node.type === 'CallExpression' && name(node.callee) === 'startsWith') return text(argument) === '/';
      if (node.type === 'BinaryExpression' && node.operator === '===')
        return name((node.left as SyntaxNode).callee) === 'charAt' && text(node.right) === '/';
      const parts = node.type === 'TemplateLiteral' ? (node.expressions as SyntaxNode[]) : [node.left];
      const after = node.type === 'TemplateLiteral' ? (node.quasis as SyntaxNode[])[1]?.value : undefined;
      const slash =
        String((after as { raw?: string } | undefined)?.raw ?? '').startsWith('/') ||
        (node.operator === '+' && text(node.right)?.startsWith('/') === true);
      return slash && /^(?:cacheDir|cwd|home|folder|tmp)$/.test(name(parts[0]) ?? '');
    },
  },
  {
    name: 'url-path',
    why: 'the path of a URL is `/C:/a%20b` on Windows: take fileURLToPath, or hand the URL itself to node:fs',
    slips: ['new URL(import.meta.url).pathname', "new URL('./x', import.meta.url).pathname"],
    fine: ["new URL('./x', import.meta.url)", 'fileURLToPath(import.meta.url)', 'new URL(address).pathname'],
    found: (node, _above, source) =>
      node.type === 'MemberExpression' &&
      name(node) === 'pathname' &&
      isNode(node.object) &&
      node.object.type === 'NewExpression' &&
      source.text.slice(node.object.start, Number(node.object.end)).includes('import.meta'),
  },
  {
    name: 'unix-socket',
    why: 'Windows has named pipes and loopback instead: choose by platform, beside the other kinds',
    slips: [
      "listen('guest.sock')",
      '`socket,path=\u0024{x}`',
      "const a = 'unix:x'",
      "b('ssh://x/docker.sock')",
    ],
    fine: ["listen(0, '127.0.0.1')", "say('socket')"],
    found: (node) => /\.sock$|^unix:|\bsocket,.*\bpath=/.test(text(node) ?? ''),
  },
  {
    name: 'open-flag',
    why: 'Windows lacks the flag, and `undefined` in a sum of flags is 0 or NaN by chance: write `?? 0`',
    slips: ['open(file, constants.O_RDONLY | constants.O_NOFOLLOW)', 'constants.O_NONBLOCK'],
    fine: ['constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)'],
    found: (node, [above]) =>
      /^constants\.O_(?:NOFOLLOW|NONBLOCK|DIRECTORY|NOATIME|DIRECT|SYNC|NOCTTY)$/.test(dotted(node) ?? '') &&
      above?.operator !== '??',
  },
];

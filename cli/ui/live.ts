/** Progress for a terminal that can redraw: a tree of steps, drawn by listr2 from nodes that we keep ourselves. */
import { EOL } from 'node:os';
import {
  DefaultRenderer,
  ListrDefaultRendererLogLevels as Icon,
  Listr,
  ListrEventManager,
  ListrLogger,
  type ListrTaskObject,
  ListrTaskState,
  ProcessOutput,
  Spinner,
} from 'listr2';
import type { Event } from '../../lab/events.ts';
import { cellsTable } from './cells.ts';
import type { Renderer, RendererParts } from './renderer.ts';
import { stepLine } from './step-line.ts';
import { StepTree, type StepView } from './steps.ts';
import type { Style } from './style.ts';
import { harmless, wrap } from './text.ts';

type Node = ListrTaskObject<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

/** listr2 leaves two cells free at the right; the mark and its space take two more. */
const marginCells = 4;
/** The step's own line, the cursor's, and one for a warning. */
const otherLines = 3;

/** The steps run in the engine, not in listr2: its tasks serve as the nodes that its renderer draws. */
export function liveRenderer(
  parts: RendererParts,
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
): Renderer {
  const { style } = parts;
  const now = parts.now ?? (() => performance.now());
  const tree = new StepTree(now);
  const factory = new Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer>([], {
    registerSignalListeners: false,
  });
  const roots: Node[] = [];
  const nodes = new Map<string, { node: Node; view: StepView; startedAt: number }>();

  const columns = () =>
    Math.min(
      streams.stderr.columns ?? parts.terminal.columns,
      streams.stdout.columns ?? parts.terminal.columns,
    );
  /** A table below a running step, as much of it as the terminal has room for beside other lines. */
  const below = (view: StepView, room: number): string[] => {
    if (view.status !== 'running' || view.cells === undefined) return [];
    const lines = cellsTable(view.cells, style, room);
    const most = Math.max(0, (streams.stderr.rows ?? 24) - roots.length - otherLines);
    return lines.length <= most ? lines : [];
  };
  const line = (view: StepView, startedAt: number) => {
    const room = columns() - marginCells - 2 * view.depth;
    return [stepLine(view, room, style, now() - startedAt), ...below(view, room)].join(EOL);
  };

  function makeNode(title: string, state: ListrTaskState, siblings: Node[]): Node {
    factory.add({ title, task: () => undefined });
    const node = factory.tasks.pop();
    if (!node) throw new Error('listr2 made no node');
    // Only a checked task is drawn, and only a waiting one is checked.
    void node.check(undefined);
    node.state = state;
    siblings.push(node);
    return node;
  }

  // Titles are set without events and drawn at the spinner's pace: a download reports far more often than that.
  const spinner = new (class extends Spinner {
    protected override readonly spinner = [...style.glyphs.spinner];
    override spin(): void {
      super.spin();
      for (const { node, view, startedAt } of nodes.values())
        if (view.status === 'running') node.title = line(view, startedAt);
    }
  })();

  const drawing = new DefaultRenderer(
    roots,
    {
      formatOutput: 'truncate',
      icon: icons(style),
      color: colors(style),
      spinner,
      // The renderer's main stream is stderr; what others write to stdout meanwhile is kept and shown after.
      logger: new ListrLogger<Icon>({ processOutput: new ProcessOutput(streams.stderr, streams.stdout) }),
    },
    new ListrEventManager(),
  );
  let state: 'new' | 'drawing' | 'closed' = 'new';
  let started: Promise<void> | undefined;

  return {
    handle(event: Event) {
      if (state === 'closed') return;
      if (event.type === 'warning') {
        // The one state that is drawn with the warning sign.
        const text = wrap(harmless(style.say(event.text)), columns() - marginCells).join('\n');
        makeNode(text, ListrTaskState.ROLLED_BACK, roots);
      }
      const view = tree.apply(event);
      if (!view) return;
      if (state === 'new') {
        state = 'drawing';
        started = drawing.render();
      }
      if (event.type === 'step.start') {
        const parent = view.parent === undefined ? undefined : nodes.get(view.parent.id)?.node;
        if (parent) parent.subtasks ??= [];
        const startedAt = now();
        const node = makeNode(line(view, startedAt), ListrTaskState.STARTED, parent?.subtasks ?? roots);
        nodes.set(view.id, { node, view, startedAt });
      } else if (event.type === 'step.end') {
        const entry = nodes.get(view.id);
        if (!entry) return;
        entry.node.title = line(view, entry.startedAt);
        entry.node.state = ended[event.status];
      }
    },
    async close() {
      if (state !== 'drawing') return;
      state = 'closed';
      await started;
      drawing.end();
    },
  };
}

const ended = {
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
} as const;

function icons(style: Style): Record<Icon, string> {
  const { done, failed, warning, skipped, pointer } = style.glyphs;
  return {
    [Icon.SKIPPED_WITH_COLLAPSE]: skipped,
    [Icon.SKIPPED_WITHOUT_COLLAPSE]: skipped,
    [Icon.OUTPUT]: pointer,
    [Icon.OUTPUT_WITH_BOTTOMBAR]: pointer,
    [Icon.PENDING]: pointer,
    [Icon.COMPLETED]: done,
    [Icon.COMPLETED_WITH_FAILED_SUBTASKS]: warning,
    [Icon.COMPLETED_WITH_FAILED_SISTER_TASKS]: warning,
    [Icon.RETRY]: warning,
    [Icon.ROLLING_BACK]: warning,
    [Icon.ROLLED_BACK]: warning,
    [Icon.FAILED]: failed,
    [Icon.FAILED_WITH_FAILED_SUBTASKS]: failed,
    [Icon.WAITING]: pointer,
    [Icon.PAUSED]: pointer,
  };
}

function colors(style: Style): Record<Icon, (text: string | undefined) => string> {
  const paint = (with_: (text: string) => string) => (text: string | undefined) => with_(text ?? '');
  const { green, red, yellow, cyan, dim } = style;
  return {
    [Icon.SKIPPED_WITH_COLLAPSE]: paint(yellow),
    [Icon.SKIPPED_WITHOUT_COLLAPSE]: paint(yellow),
    [Icon.OUTPUT]: paint(dim),
    [Icon.OUTPUT_WITH_BOTTOMBAR]: paint(dim),
    [Icon.PENDING]: paint(cyan),
    [Icon.COMPLETED]: paint(green),
    [Icon.COMPLETED_WITH_FAILED_SUBTASKS]: paint(yellow),
    [Icon.COMPLETED_WITH_FAILED_SISTER_TASKS]: paint(yellow),
    [Icon.RETRY]: paint(yellow),
    [Icon.ROLLING_BACK]: paint(yellow),
    [Icon.ROLLED_BACK]: paint(yellow),
    [Icon.FAILED]: paint(red),
    [Icon.FAILED_WITH_FAILED_SUBTASKS]: paint(red),
    [Icon.WAITING]: paint(dim),
    [Icon.PAUSED]: paint(dim),
  };
}

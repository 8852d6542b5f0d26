import type { Accelerator, Architecture } from '../../../lab/names.ts';
import type { Precedence } from '../precedence.ts';

/** All that QEMU's command line depends on. */
export interface MachineSpec {
  readonly arch: Architecture;
  readonly accelerator: Accelerator;
  readonly vcpus: number;
  /** Whether vCPUs take turns on one thread where they are emulated, instead of running on one each. */
  readonly turns?: boolean;
  readonly memoryMiB: number;
  readonly kernelImage: string;
  readonly initramfs: string;
  readonly cmdline: readonly string[];
  readonly drives: readonly { readonly path: string; readonly readOnly: boolean }[];
  /** UEFI firmware where the machine needs it for a screen. */
  readonly firmware?: string | undefined;
  /** Where the state of a saved machine is read from, in QEMU's words; a boot where nothing is said. */
  readonly incoming?: string | undefined;
  /** The file that its memory is, as large as that; where nothing is said, the host's memory is asked for. */
  readonly memory?: MemoryFile | undefined;
  /** Unique on this computer: by it a forgotten QEMU is known again. */
  readonly token: string;
  /** For the process, not for its command line. */
  readonly precedence?: Precedence | undefined;
}

export interface MemoryFile {
  readonly path: string;
  /**
   * `fills`: what the machine writes to its memory is written to the file. `from`: it begins with what the file holds, keeps its
   * own writes to itself.
   */
  readonly use: 'fills' | 'from';
}

export const channelNames = ['console', 'qmp', 'control', 'shell'] as const;
export type ChannelName = (typeof channelNames)[number];

/** Per architecture: machine, its memory's name, CPU without hardware help, serial port. */
const machines = {
  amd64: { machine: 'pc', memory: 'pc.ram', emulatedCpu: 'qemu64', serial: 'ttyS0' },
  // `-cpu max` emulates pointer authentication in software: 5 s of boot instead of 2.
  arm64: { machine: 'virt', memory: 'mach-virt.ram', emulatedCpu: 'cortex-a57', serial: 'ttyAMA0' },
} as const;

/** WHPX loses interrupts of its own controller: QEMU's takes its place (`WHPX: injection failed, MSI …`). */
const accelerators: Readonly<Record<Accelerator, string>> = {
  kvm: 'kvm',
  hvf: 'hvf',
  whpx: 'whpx,kernel-irqchip=off',
  tcg: 'tcg,thread=multi',
};

/** In turns, a vCPU that only waits (`pause` on a PC, `yield` on arm64) gives up the rest of its turn. */
const emulatedInTurns = 'tcg,thread=single';

/** The computer's own where there is such a thing: on a PC, WHPX has none, and hangs with `max`. */
function processorModel({ arch, accelerator }: MachineSpec): string {
  const own = accelerator === 'kvm' || accelerator === 'hvf' || (accelerator === 'whpx' && arch === 'arm64');
  return own ? 'host' : machines[arch].emulatedCpu;
}

/** QEMU's arguments, each its own word: no shell reads them. */
export function qemuArguments(spec: MachineSpec, chardev: (name: ChannelName) => string): string[] {
  const machine = machines[spec.arch];
  return [
    ...['-name', `lab3-${spec.token}`],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-nic', 'none'],
    ...['-machine', machine.machine, '-cpu', processorModel(spec)],
    ...[
      '-accel',
      spec.turns && spec.accelerator === 'tcg' ? emulatedInTurns : accelerators[spec.accelerator],
    ],
    ...['-smp', processors(spec), '-m', String(spec.memoryMiB), ...screenArguments(spec)],
    ...['-kernel', spec.kernelImage, '-initrd', spec.initramfs],
    ...['-append', kernelCommandLine(spec.arch, spec.cmdline)],
    ...['-chardev', chardev('console'), '-serial', 'chardev:console'],
    ...['-chardev', chardev('qmp'), '-mon', 'chardev=qmp,mode=control'],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', chardev('control'), '-device', 'virtserialport,chardev=control,name=lab3.control'],
    ...['-chardev', chardev('shell'), '-device', 'virtconsole,chardev=shell'],
    ...spec.drives.flatMap(driveArguments),
    ...(spec.memory === undefined ? [] : memoryArguments(spec, spec.memory)),
    ...(spec.incoming === undefined ? [] : ['-incoming', spec.incoming]),
  ];
}

/**
 * On a PC a package each: the MP table, by which a kernel without ACPI finds its processors, lists one of a package.
 */
function processors({ arch, vcpus }: MachineSpec): string {
  return arch === 'amd64' ? `${vcpus},sockets=${vcpus},cores=1,threads=1` : String(vcpus);
}

/**
 * A PC has a text mode; on arm64 Debian's cloud kernel draws its text on a frame buffer that only UEFI firmware can
 * tell it of.
 */
function screenArguments({ arch, firmware }: MachineSpec): string[] {
  if (arch === 'amd64') return ['-vga', 'std'];
  return firmware === undefined ? [] : ['-bios', firmware, '-device', 'ramfb'];
}

/** A tenth of an emulated boot: self-tests of ciphers and certificates that nothing in the lab uses. */
const slowInitcalls = ['jent_mod_init', 'crypto_kdf108_init', 'load_system_certificate_list'];

/**
 * The last `console=` is /dev/console. Boot messages stay in the kernel's buffer: on a serial line they cost half a
 * second; init raises the level once it runs.
 */
export function kernelCommandLine(arch: Architecture, extra: readonly string[]): string {
  return [
    'console=tty0',
    `console=${machines[arch].serial}`,
    'quiet',
    'panic=-1',
    'printk.devkmsg=on',
    `initcall_blacklist=${slowInitcalls.join(',')}`,
    // Under load an emulated timer is late, and the kernel takes that for a broken board.
    ...(arch === 'amd64' ? ['no_timer_check'] : []),
    ...extra,
  ].join(' ');
}

/**
 * The memory's name is the one that it has without a file, since a state names what it is of: `-object memory-backend-file` in
 * qemu(1), and docs/system/vm-templating.rst of QEMU.
 */
function memoryArguments({ arch, memoryMiB }: MachineSpec, { path, use }: MemoryFile): string[] {
  const name = machines[arch].memory;
  const file = path.replaceAll(',', ',,');
  // `rom=off`: a file that QEMU cannot write to, and memory that the machine can (QEMU 8.2 and newer).
  const shared = { fills: 'share=on', from: 'share=off,readonly=on,rom=off' }[use];
  const options = `${shared},x-use-canonical-path-for-ramblock-id=off`;
  return [
    ...['-object', `memory-backend-file,id=${name},size=${memoryMiB}M,mem-path=${file},${options}`],
    ...['-machine', `memory-backend=${name}`],
  ];
}

function driveArguments(drive: { path: string; readOnly: boolean }, index: number): string[] {
  // A comma ends an option's value in QEMU's syntax unless it is doubled.
  const file = drive.path.replaceAll(',', ',,');
  return [
    ...[
      '-drive',
      `if=none,id=drive${index},format=raw,readonly=${drive.readOnly ? 'on' : 'off'},file=${file}`,
    ],
    ...['-device', `virtio-blk-pci,drive=drive${index}`],
  ];
}

import type { CatalogueEntry } from '../errors.ts';

/** Faults of the computer around a build: engines, sandboxes, images, toolchains. Never the module's. */
export const builderErrors = {
  NoBuilder: {
    fault: 'computer',
    title: 'Nothing here can build a module',
    message: (p: { tried: readonly { name: string; reason: string }[] }) =>
      `No builder works on this computer. ${p.tried.map(({ name, reason }) => `${name}: ${reason}`).join('. ')}.`,
    hint: () => 'Run `lab3 doctor`: it names the command that mends each of them.',
  },
  BuilderUnavailable: {
    fault: 'computer',
    title: 'The chosen builder does not work here',
    message: (p: { builder: string; reason: string }) =>
      `Builder ${p.builder} does not work here: ${p.reason}.`,
    hint: (p: { builder: string }) =>
      p.builder === 'docker'
        ? 'Start Docker (`docker info` must answer), or take another builder: --builder auto.'
        : 'Take another builder: --builder auto chooses the first that works.',
  },
  DockerEngineLost: {
    fault: 'computer',
    title: 'The Docker engine went away',
    message: (p: { endpoint: string; reason: string }) =>
      `The Docker engine at ${p.endpoint} stopped answering in the middle of its work: ${p.reason}.`,
    hint: () => 'Start it again (`docker info` must answer) and repeat the command, or take --builder auto.',
  },
  DockerRefused: {
    fault: 'computer',
    title: 'The Docker engine refused',
    message: (p: { endpoint: string; what: string; reason: string; status?: number }) =>
      `The Docker engine at ${p.endpoint} refused to ${p.what}: ${p.reason}.`,
    hint: () => 'See `docker info` for what this engine can do, or take another builder: --builder auto.',
  },
  BaseImageMissing: {
    fault: 'computer',
    title: 'The base image cannot be had',
    message: (p: { image: string; endpoint: string; reason: string }) =>
      `The Docker engine at ${p.endpoint} has no image ${p.image} and could not pull it: ${p.reason}.`,
    hint: (p: { image: string }) =>
      `Pull it where there is network: \`docker pull ${p.image}\`; or name another Debian image with LAB3_BASE_IMAGE=NAME:TAG; or take --builder auto.`,
  },
  BuilderImageFailed: {
    fault: 'computer',
    title: 'The builder image could not be made',
    message: (p: { image: string; reason: string }) => `Image ${p.image} could not be made: ${p.reason}.`,
    hint: () => 'Free disk space for Docker (`docker system df`), then repeat; or take --builder auto.',
  },
  BuilderArchitecture: {
    fault: 'computer',
    title: 'There is no compiler for the computer that the builder runs on',
    message: (p: { builder: string; has: string; wanted: string }) =>
      `Builder ${p.builder} runs programs of ${p.has} here; there are compilers of amd64 and arm64, for a kernel of ${p.wanted} too.`,
    hint: () =>
      'Take a Docker engine on one of these, or `--builder sandbox` on Linux, `--builder vm` elsewhere.',
  },
  SandboxRefused: {
    fault: 'computer',
    title: 'This system refuses sandboxes',
    message: (p: { reason: string }) => `bubblewrap could not make a sandbox: ${p.reason}.`,
    hint: () =>
      'Take --builder vm, which needs no permission of the system; or allow user namespaces: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), `sudo sysctl kernel.unprivileged_userns_clone=1` (Debian).',
  },
  BuilderBroken: {
    fault: 'computer',
    title: 'The builder itself failed',
    message: (p: { builder: string; reason: string }) => `Builder ${p.builder} failed: ${p.reason}.`,
    hint: () => 'Repeat the command; if it fails again, run `lab3 clean` and try another --builder.',
  },
  BuiltForAnotherKernel: {
    fault: 'computer',
    title: 'The module was built for another kernel',
    message: (p: { file: string; has: string; wanted: string }) =>
      `${p.file} was built for ${p.has}, and the kernel to load it is ${p.wanted}: it would be refused.`,
    hint: () => 'Build it again for this kernel: `lab3 build`.',
  },
  NotAModule: {
    fault: 'computer',
    title: 'This file is no kernel module',
    message: (p: { file: string; reason: string }) => `${p.file} is no kernel module: ${p.reason}.`,
    hint: () => 'Build it again: `lab3 build`.',
  },
} satisfies Record<string, CatalogueEntry>;

import { defineConfig } from 'vitest/config';

// unit: pure and fast, mirrors the rooms. integration: real QEMU, Docker, browser. e2e: the built CLI as a process.
// Real machines are heavy: the last two run one file at a time.
export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['lab/**', 'provision/**', 'report/**', 'grade/**', 'cli/**'],
      reporter: ['text-summary', 'html'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{architecture,lab,provision,report,grade,cli,corpus,bench}/**/*.test.ts'],
          // A busy computer takes longer over a property test than vitest's 5 s.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Whole kernels that nothing else needs, half an hour; boxes that boot for minutes. For whoever asks for it.
          exclude: [
            ...(process.env.LAB3_TEST_KERNELS
              ? []
              : ['test/integration/kernels.test.ts', 'test/integration/cross.test.ts']),
            ...(process.env.LAB3_TEST_VAGRANT ? [] : ['test/integration/guest-vagrant.test.ts']),
          ],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: process.env.LAB3_TEST_VAGRANT ? [] : ['test/e2e/vagrant.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});

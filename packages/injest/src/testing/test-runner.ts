/** What the suite needs of a test runner: vitest's own `describe` and `it` fit, and node:test's. */
export interface TestRunner {
  describe(name: string, define: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
}

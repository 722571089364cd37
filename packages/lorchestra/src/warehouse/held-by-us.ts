/** What to do where a stream is refused to a job because another of the same process has it: to wait for that, or to run again, is no use. */
export const HELD_BY_US = "another job of this run has the stream: run one of the two, and then the other";

/** Nodes that are read of one run: more than any lab has threads. A module that prints more floods. */
export const mostNodes = 4096;

/** For people who look at queues while their Redis is away. */
export const QUEUES_AWAY =
  "The Redis that holds the queues cannot be reached. No job is lost; the board comes back with it.";

/** What a report is made of, as JSON Schema. */
export const reportSchema = {
  type: "object",
  required: ["stale"],
  properties: {
    stale: { type: "boolean", description: "Whether it is old enough to be worth making anew." },
    job: { type: "string", description: "The job that makes a newer one right now." },
  },
};

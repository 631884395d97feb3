/** The part of Standard Schema (standardschema.dev) that is used: zod, valibot, arktype and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Verdict | Promise<Verdict>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

interface Verdict {
  readonly issues?: readonly { readonly message: string }[] | undefined;
}

/** What is wrong with a value, or undefined. A schema only judges here: what it would make of the value is not used. */
export async function issueOf(
  schema: StandardSchema | undefined,
  value: unknown,
): Promise<string | undefined> {
  if (schema === undefined) return undefined;
  const { issues } = await schema["~standard"].validate(value);
  return issues?.map(({ message }) => message).join("; ");
}

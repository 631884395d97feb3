/** `…_HOST` and `…_PORT` variables: a server in two parts, beside or instead of a URL. */
import { isPort, urlHost } from "./addresses.ts";
import { contradiction, variableOf, variablePlace } from "./environment.ts";
import type { Fault } from "./faults.ts";
import type { Environment } from "./references.ts";
import { hostFault } from "./texts.ts";

export interface HostVariables {
  readonly prefix: string;
  readonly host?: string;
  readonly port?: number;
  readonly faults: readonly Fault[];
}

export function hostVariables(env: Environment, prefix: string): HostVariables {
  const host = variableOf(env, `${prefix}_HOST`);
  const port = variableOf(env, `${prefix}_PORT`);
  const faults: Fault[] = [];
  const complain = (part: string, message: string) =>
    faults.push({ place: variablePlace(`${prefix}_${part}`), path: [], message });
  if (host !== undefined && !isUrlHost(host))
    complain("HOST", `must be a host name or IP address; a whole URL goes into ${prefix}_URL`);
  if (port !== undefined && !(/^\d+$/.test(port) && isPort(Number(port))))
    complain(
      "PORT",
      port.startsWith("tcp://")
        ? "must be a number: Kubernetes sets this one for a Service of that name, unless the pod says enableServiceLinks: false"
        : "must be a number from 1 to 65535",
    );
  return {
    prefix,
    faults,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: Number(port) }),
  };
}

function isUrlHost(host: string): boolean {
  return hostFault(host) === undefined && URL.canParse(`http://${urlHost(host)}`);
}

/** The parts that name another server than `url` does; all of them when `url` is undefined: no URL of one host. */
export function disagreements(
  { prefix, host, port }: HostVariables,
  url: URL | undefined,
  { givenBy, standardPort }: { readonly givenBy: string; readonly standardPort: number },
): Fault[] {
  const otherHost =
    host !== undefined && urlHost(host).toLowerCase() !== url?.hostname.toLowerCase();
  const otherPort =
    port !== undefined && (url === undefined || port !== Number(url.port || standardPort));
  return [
    ...(otherHost ? [contradiction(`${prefix}_HOST`, givenBy)] : []),
    ...(otherPort ? [contradiction(`${prefix}_PORT`, givenBy)] : []),
  ];
}

/** What is wrong with the text of a setting: undefined when nothing is. No message quotes the text. */
import { isIP } from "node:net";

export function pathFault(path: string): string | undefined {
  if (!path.startsWith("/")) return "must start with a slash, such as /index/v1/*";
  if (path.slice(0, -1).includes("*")) return "may hold `*` only as its last character";
  return pathTextFault(path);
}

export function prefixFault(prefix: string): string | undefined {
  if (!prefix.startsWith("/")) return "must start with a slash, such as /npm";
  if (prefix.includes("*")) return "may hold no `*`";
  return pathTextFault(prefix);
}

function pathTextFault(path: string): string | undefined {
  if (/[^\x21-\x7e]|[?#\\]/.test(path))
    return "may hold no space, `?`, `#`, backslash or character outside ASCII: write it as it stands in a request line, percent-encoded";
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path))
    return "may hold no `.` or `..` segment: requests with one are refused";
  return undefined;
}

export function nameFault(name: string): string | undefined {
  return /^[\x21-\x7e]{1,100}$/.test(name)
    ? undefined
    : "must be 1 to 100 visible ASCII characters without spaces";
}

export function fieldFault(name: string): string | undefined {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "must be a field name such as accept";
}

/** Fields that Warmfront itself sets, drops or answers; listing one would do nothing or break an answer. */
const OURS =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|via|expect|content-length|cookie2?|forwarded|x-forwarded-.*|x-real-ip|x-original-.*|x-rewrite-.*|x-http-method.*|x-method-.*|range|if-(?:match|none-match|modified-since|unmodified-since|range))$/i;

export function forwardFault(name: string): string | undefined {
  if (!OURS.test(name)) return fieldFault(name);
  return "cannot be forwarded by preset api: Warmfront sets, answers or drops this field itself";
}

export function mediaTypeFault(type: string): string | undefined {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type)
    ? undefined
    : "must be a media type without parameters, such as application/json";
}

/** A token stands in an Authorization field: RFC 9110 leaves it visible ASCII. */
export function tokenFault(token: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(token)
    ? undefined
    : "must be visible ASCII characters without spaces";
}

export function hostFault(host: string): string | undefined {
  return isIP(host) !== 0 || /^[\w.-]+$/.test(host)
    ? undefined
    : "must be an IP address or a host name, without a port";
}

/** Where sources may be. */
export interface EgressSettings {
  /** Addresses, networks such as `10.0.0.0/8`, and host names whose addresses may be connected to whatever they are. */
  readonly allow: readonly string[];
  /** The only hosts that sources may be at, in lower case; `*.example.org` is every name below. Absent: every configured one. */
  readonly hosts?: readonly string[];
}

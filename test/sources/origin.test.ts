import { createOrigin } from "../../src/sources/origin.ts";
import { describeSource } from "../contracts/source.ts";

describeSource((origin, timeouts) => createOrigin({ origin, timeouts }));

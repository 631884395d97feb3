/** GitHub's own rule, and room for logins of managed users, which have an underscore. */
const LOGIN = /^[A-Za-z\d][A-Za-z\d_-]{0,38}$/;

/** Whether a text can be a login: nothing else may get into a search, where it could widen what is asked for. */
export function isLogin(text: string): boolean {
  return LOGIN.test(text);
}

// A real identity provider for the tests: oidc-provider (npm), on a loopback port, with one client.
// Its settings come as one line of JSON on stdin; it says "listening" on stdout when it does.
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const [line] = await new Promise((done) => {
  const reading = createInterface({ input: process.stdin });
  reading.once("line", (text) => { reading.close(); done([text]); });
});
const asked = JSON.parse(line);

const provider = new Provider(asked.issuer, {
  clients: [asked.client],
  cookies: { keys: ["a key of a test, and of nothing else"] },
  conformIdTokenClaims: false,
  acrValues: ["urn:plant:strong"],
  claims: { openid: ["sub"], acr: null, amr: null, auth_time: null, sid: null },
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  // It would not call this machine itself; here there is nobody else.
  fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
  pkce: { required: () => true },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // Nobody is asked for a consent that the plant has given for them.
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

const server = provider.listen(asked.port, "127.0.0.1", () => process.stdout.write("listening\n"));
process.on("SIGTERM", () => { server.closeAllConnections(); server.close(() => process.exit(0)); });

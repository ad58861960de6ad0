#include "net/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "net/proxy.h"

namespace fm::net {
namespace {

bool is_public(const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) return is_public_address(reinterpret_cast<const sockaddr*>(&v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return is_public_address(reinterpret_cast<const sockaddr*>(&v6));
}

TEST(PublicAddress, Public) {
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
        "169.253.1.1", "172.15.255.255", "172.32.0.0", "192.167.1.1", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
}

TEST(PublicAddress, NotPublic) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.1.1.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "::127.0.0.1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::1",
                           "2002:7f00:1::1",
                           "2002:a00:1::1",
                           "2001::1",
                           "2001:db8::1",
                           "3fff::1",
                           "100::1",
                           "fec0::1"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(&other));
}

TEST(ParseOrigin, Normalises) {
  const std::pair<const char*, const char*> table[] = {
      {"https://API.GitHub.com/repos?x=1", "https://api.github.com:443"},
      {"http://example.com.", "http://example.com.:80"},  // another name: no search domains
      {"http://127.1:9090/x", "http://127.0.0.1:9090"},
      {"http://2130706433/", "http://127.0.0.1:80"},
      {"http://0x7f000001/", "http://127.0.0.1:80"},
      {"http://0177.0.0.1/", "http://127.0.0.1:80"},
      {"http://[::1]:8080/", "http://[::1]:8080"},
      {"http://ex%61mple.com/", "http://example.com:80"},
  };
  for (const auto& [url, origin] : table) {
    const auto parsed = parse_origin(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(parsed->text(), origin) << url;
  }
}

TEST(ParseOrigin, Refuses) {
  for (const char* bad : {"", "example.com", "/path", "ftp://example.com", "file:///etc/passwd", "gopher://x",
                          "http://", "http://user@example.com/", "http://:pw@example.com/", "http://a b/",
                          "http://a\r\nb/", "http://example.com:99999/", "javascript:alert(1)"}) {
    const auto parsed = parse_origin(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::invalid) << bad;
  }
}

TEST(ResolveUrl, FollowsTheStandard) {
  EXPECT_EQ(*resolve_url("https://a.example/x/y?q", "/z"), "https://a.example/z");
  EXPECT_EQ(*resolve_url("https://a.example/x/y?q", "z?1"), "https://a.example/x/z?1");
  EXPECT_EQ(*resolve_url("https://a.example/x", "http://b.example/"), "http://b.example/");
  EXPECT_EQ(*resolve_url("https://a.example/x", "//b.example/c"), "https://b.example/c");
}

TEST(Proxy, ReadsTheEnvironmentAsCurlDoes) {
  const auto settings = [](std::initializer_list<std::pair<std::string, std::string>> values) {
    return ProxySettings([&](const char* name) {
      for (const auto& [key, value] : values) {
        if (key == name) return value;
      }
      return std::string();
    });
  };
  const Origin http = *parse_origin("http://git.corp.example:80");
  const Origin https = *parse_origin("https://api.github.com");
  EXPECT_EQ(settings({{"https_proxy", "http://p:1"}}).proxy_for(https), "http://p:1");
  EXPECT_EQ(settings({{"https_proxy", "http://p:1"}}).proxy_for(http), "");
  EXPECT_EQ(settings({{"HTTP_PROXY", "http://p:1"}}).proxy_for(http), "");
  EXPECT_EQ(settings({{"ALL_PROXY", "http://p:1"}}).proxy_for(http), "http://p:1");
  EXPECT_EQ(settings({{"all_proxy", "http://p:1"}, {"no_proxy", "x, .Corp.example"}}).proxy_for(http), "");
  EXPECT_EQ(settings({{"all_proxy", "http://p:1"}, {"no_proxy", "rp.example"}}).proxy_for(http), "http://p:1");
  EXPECT_EQ(settings({{"all_proxy", "http://p:1"}, {"no_proxy", "*"}}).proxy_for(https), "");
  EXPECT_EQ(settings({{"all_proxy", "http://p:1"}}).proxy_for(*parse_origin("http://127.0.0.9:1")), "");
  EXPECT_EQ(settings({{"all_proxy", "http://p:1"}}).proxy_for(*parse_origin("http://localhost")), "");
}

}  // namespace
}  // namespace fm::net

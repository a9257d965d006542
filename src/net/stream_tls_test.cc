#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "net/stream.h"
#include "net/testing/loop_test.h"

namespace routellm::net {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

// A certificate that vouches for itself. `names`: e.g. "DNS:a.example,IP:127.0.0.1".
Certificate MakeCertificate(EVP_PKEY* key, const char* names) {
  constexpr long kHour = 3600;
  Certificate certificate(X509_new());
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(x509), kHour);
  X509_set_pubkey(x509, key);
  X509_NAME* const subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names));
  X509_add_ext(x509, extension.get(), -1);
  X509_sign(x509, key, EVP_sha256());
  return certificate;
}

class StreamTlsTest : public LoopTest {
 protected:
  using Server = asio::ssl::stream<TcpSocket>;

  struct Outcome {
    error_code client;
    error_code server;
    std::optional<std::string> requested_name;  // SNI
    std::string echoed;
  };

  StreamTlsTest() {
    SSL_CTX_use_certificate(server_context_.native_handle(), certificate_.get());
    SSL_CTX_use_PrivateKey(server_context_.native_handle(), key_.get());
  }

  void TrustTheServer() {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context_.native_handle()),
                        certificate_.get());
  }

  // A client that wants `host` meets the server, which gives back what it gets.
  Outcome Meet(const std::string& host) {
    Outcome outcome;
    Run([&]() -> Awaitable<> {
      auto [stream, peer] = Connect(4096);
      bool served = false;
      asio::co_spawn(io_.get_executor(), Serve(std::move(peer), outcome),
                     [&](const std::exception_ptr& exception) {
                       EXPECT_FALSE(exception);
                       served = true;
                     });
      outcome.client = co_await stream->HandshakeTls(client_context_, host);
      if (!outcome.client) co_await Exchange(stream, outcome);
      stream->Close();
      co_await Until([&] { return served; });
    });
    return outcome;
  }

  Awaitable<> Serve(TcpSocket socket, Outcome& outcome) {
    Server server(std::move(socket), server_context_);
    const auto [error] = co_await server.async_handshake(Server::server, kAwaitTuple);
    outcome.server = error;
    const char* name = SSL_get_servername(server.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (name != nullptr) outcome.requested_name = name;
    std::array<char, 4096> piece;
    while (true) {
      const auto [read_error, n] =
          co_await server.async_read_some(asio::buffer(piece), kAwaitTuple);
      if (read_error) co_return;
      const auto [write_error, written] =
          co_await asio::async_write(server, asio::buffer(piece, n), kAwaitTuple);
      if (write_error) co_return;
    }
  }

  static Awaitable<> Exchange(std::shared_ptr<Stream> stream, Outcome& outcome) {
    const std::string text = "through the tunnel";
    std::array<asio::const_buffer, 2> buffers = {asio::buffer(text.data(), 8),
                                                 asio::buffer(text.data() + 8, text.size() - 8)};
    error_code error = co_await stream->Write(buffers);
    while (!error && stream->input().size() < text.size()) error = co_await stream->Read();
    EXPECT_FALSE(error) << error.message();
    outcome.echoed = stream->input();
  }

  const Key key_{EVP_EC_gen("P-256")};
  const Certificate certificate_ = MakeCertificate(key_.get(), "DNS:upstream.example,IP:127.0.0.1");
  asio::ssl::context server_context_{asio::ssl::context::tls_server};
  asio::ssl::context client_context_{asio::ssl::context::tls_client};
};

TEST_F(StreamTlsTest, TheRightHostIsTrusted) {
  TrustTheServer();
  const Outcome outcome = Meet("upstream.example");
  EXPECT_FALSE(outcome.client) << outcome.client.message();
  EXPECT_FALSE(outcome.server) << outcome.server.message();
  EXPECT_EQ(outcome.requested_name, "upstream.example");
  EXPECT_EQ(outcome.echoed, "through the tunnel");
}

TEST_F(StreamTlsTest, AnAddressIsCheckedButNotSentAsAName) {
  TrustTheServer();
  const Outcome outcome = Meet("127.0.0.1");
  EXPECT_FALSE(outcome.client) << outcome.client.message();
  EXPECT_EQ(outcome.requested_name, std::nullopt);
  EXPECT_EQ(outcome.echoed, "through the tunnel");
}

TEST_F(StreamTlsTest, AnotherHostIsRefused) {
  TrustTheServer();
  for (const char* host :
       {"other.example", "upstream.example.org", "sub.upstream.example", "test", "127.0.0.2"}) {
    const Outcome outcome = Meet(host);
    EXPECT_TRUE(outcome.client) << host;
    EXPECT_EQ(outcome.echoed, "") << host;
  }
}

TEST_F(StreamTlsTest, AnUnknownAuthorityIsRefused) {
  const Outcome outcome = Meet("upstream.example");
  EXPECT_TRUE(outcome.client);
  EXPECT_EQ(outcome.echoed, "");
}

TEST_F(StreamTlsTest, APeerWithoutTlsIsRefused) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(4096);
    asio::write(peer, asio::buffer(std::string_view("HTTP/1.1 400 Bad Request\r\n\r\n")));
    const error_code error = co_await stream->HandshakeTls(client_context_, "upstream.example");
    EXPECT_TRUE(error);
  });
}

}  // namespace
}  // namespace routellm::net

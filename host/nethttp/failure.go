package nethttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"scripthost.example/host/internal/broker"
)

// failure is the error of a request to last, or first if nothing was sent.
func failure(last *broker.Host, first broker.Host, err error) error {
	var (
		denied   *broker.DeniedError
		redirect *redirectError
		dns      *net.DNSError
		timeout  net.Error
	)
	if last == nil {
		last = &first
	}
	e := &broker.HTTPError{Host: last.String()}
	if code, message := certificateFailure(err); code != "" {
		e.Code, e.Message = code, message
		return e
	}
	switch {
	case errors.As(err, &denied):
		return denied
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &redirect):
		e.Code, e.Message = "ERR_REDIRECT", redirect.message
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Code, e.Message = "ENOTFOUND", "there is no host of that name"
	case errors.As(err, &dns):
		e.Code, e.Message = "EAI_AGAIN", "its name cannot be looked up: "+dns.Err
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Code, e.Message = "ECONNREFUSED", "it refuses the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		e.Code, e.Message = "ECONNRESET", "it broke the connection off"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Code, e.Message = "ECONNRESET", "it closed the connection before it had answered"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, new(tls.RecordHeaderError)):
		e.Code, e.Message = "ERR_SSL_WRONG_VERSION_NUMBER", "it does not speak TLS: is it a server for http:// URLs?"
	case errors.As(err, new(tls.AlertError)):
		e.Code, e.Message = "ERR_SSL_ALERT", "it ended the TLS handshake: "+cause(err).Error()
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		e.Code, e.Message = "EHOSTUNREACH", "there is no way to it"
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code, e.Message = "ETIMEDOUT", "it takes too long to answer"
	case errors.As(err, new(syscall.Errno)):
		e.Code, e.Message = "EIO", cause(err).Error()
	default:
		e.Code, e.Message = "EPROTO", cause(err).Error()
		if strings.Contains(e.Message, "headers exceeded") { // net/http has no type for it
			e.Code, e.Message = "HPE_HEADER_OVERFLOW", "the header of its response is too large: "+e.Message
		}
	}
	return e
}

// certificateFailure tells what is wrong with a certificate, with OpenSSL's name
// for it, as Node has it. The code is empty if err is about none.
func certificateFailure(err error) (code, message string) {
	var (
		verification *tls.CertificateVerificationError
		unknown      x509.UnknownAuthorityError
		invalid      x509.CertificateInvalidError
		name         x509.HostnameError
	)
	var chain []*x509.Certificate
	if errors.As(err, &verification) {
		chain = verification.UnverifiedCertificates
		err = verification.Err
	}
	selfSigned := func(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }
	const refused = "its certificate is not accepted: "
	switch {
	case errors.As(err, &name):
		return "ERR_TLS_CERT_ALTNAME_INVALID", refused + name.Error()
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if time.Now().Before(invalid.Cert.NotBefore) {
			return "CERT_NOT_YET_VALID", refused + "it is not valid yet"
		}
		return "CERT_HAS_EXPIRED", refused + "it has expired"
	case errors.As(err, &unknown) && len(chain) > 0 && selfSigned(chain[0]):
		return "DEPTH_ZERO_SELF_SIGNED_CERT", refused + "it is self-signed, and this machine does not trust it"
	case errors.As(err, &unknown) && len(chain) > 0 && selfSigned(chain[len(chain)-1]):
		return "SELF_SIGNED_CERT_IN_CHAIN", refused + "this machine does not trust the authority that signed it"
	case errors.As(err, &unknown):
		return "UNABLE_TO_VERIFY_LEAF_SIGNATURE", refused + "this machine does not know the authority that signed it"
	case verification != nil:
		return "ERR_TLS_CERT", refused + err.Error()
	}
	return "", ""
}

// cause is err without the method and the URL, which may have secrets in it.
func cause(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

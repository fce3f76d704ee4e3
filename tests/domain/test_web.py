from domain.web import CERTIFICATE, Web


def test_an_endpoint_speaks_tls_once_it_says_how_its_certificate_is_known() -> None:
    assert not Web().secure
    assert not Web("panel-3").secure
    assert Web(certificates=(CERTIFICATE + "0" * 64,)).secure
    assert Web(authority="MIIB").secure

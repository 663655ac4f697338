"""`{% reader_field %}`: for whom a form was made, see `presenting.readers`."""

from django import template
from django.template import RequestContext
from django.utils.safestring import SafeString

from recommender.presenting import readers

register = template.Library()


@register.simple_tag(takes_context=True)
def reader_field(context: RequestContext) -> SafeString:
    return readers.field_of(context.request)

"""All routes of the console, group by group."""

from aiohttp import web

from bot.site.console.administration import Administration
from bot.site.console.authenticator_pages import AuthenticatorPages
from bot.site.console.claim_pages import ClaimPages
from bot.site.console.export_pages import ExportPages
from bot.site.console.figures import FigurePages
from bot.site.console.file_pages import FilePages
from bot.site.console.first_page import FirstPage
from bot.site.console.form_pages import FormPages
from bot.site.console.front import Office, caught
from bot.site.console.hook_pages import HookPages
from bot.site.console.programs import ProgramPages
from bot.site.console.rule_pages import RulePages
from bot.site.console.school import SchoolPages
from bot.site.console.table_pages import TablePages
from bot.site.console.work_pages import WorkPages


def routes(office: Office) -> list[web.RouteDef]:
    """All of them."""
    groups = (
        FirstPage(office),
        WorkPages(office),
        FilePages(office),
        ExportPages(office),
        SchoolPages(office),
        FigurePages(office),
        Administration(office),
        RulePages(office),
        ProgramPages(office),
        ClaimPages(office),
        FormPages(office),
        HookPages(office),
        TablePages(office),
        AuthenticatorPages(office),
    )
    found = [route for group in groups for route in group.routes()]
    return [web.route(one.method, one.path, caught(one.handler), **one.kwargs) for one in found]

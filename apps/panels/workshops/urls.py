"""Routes of workshops: phones' pages, the board, what moderators do there, the result."""

from django.urls import path

from apps.panels.workshops import board_views, phone_views, result_views

app_name = "workshops"
board = "sessions/<int:session_id>/board/"
urlpatterns = [
    path("join/", phone_views.join, name="join"),
    path("join/<slug:code>/", phone_views.phone, name="phone"),
    path("join/<slug:code>/state/", phone_views.state, name="state"),
    path(board, board_views.board, name="board"),
    path(f"{board}state/", board_views.state, name="board-state"),
    path(f"{board}code.svg", board_views.code, name="code"),
    path(f"{board}open/", board_views.open_board, name="open"),
    path(f"{board}settings/", board_views.settings, name="settings"),
    path(f"{board}phase/", board_views.phase, name="phase"),
    path(f"{board}idea/", board_views.add_idea, name="add-idea"),
    path(f"{board}move/", board_views.move, name="move"),
    path(f"{board}hide/<int:idea_id>/", board_views.hide, name="hide"),
    path(f"{board}show/<int:idea_id>/", board_views.show, name="show"),
    path(f"{board}groups/<int:group_id>/rename/", board_views.rename, name="rename"),
    path(f"{board}groups/<int:group_id>/order/", board_views.order, name="order"),
    path(f"{board}merge/", board_views.merge, name="merge"),
    path(f"{board}groups/<int:group_id>/remove/", board_views.remove, name="remove"),
    path(f"{board}groups/<int:group_id>/decide/", board_views.decide, name="decide"),
    path(f"{board}promote/", board_views.promote, name="promote"),
    path(f"{board}result.<str:kind>", result_views.export, name="result"),
]
